"""Uploads to the store and links to what is in it, with both stores and real sockets."""
