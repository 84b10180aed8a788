"""The command line: options in, one stage call, one result out. Nothing heavy is imported here."""
