"""The object store behind one protocol, with a local twin and an S3 one."""
