"""`classify`: name the class of records from their embeddings."""
