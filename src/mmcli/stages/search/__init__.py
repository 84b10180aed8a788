"""`search`: find the records nearest to a query."""
