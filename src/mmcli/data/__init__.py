"""From files to records: layouts of raw folders, publishers' data sets, and the processes that read untrusted files."""
