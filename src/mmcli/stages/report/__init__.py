"""`report`: one page about everything in a work folder."""
