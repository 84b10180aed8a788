"""Raw folders as users have them: recognised by themselves, read as a stream of records."""
