"""Analyzers that ask a language model over the network. The worker holds the key, opens no media, and sends only text.

What a model says is a proposal: it is checked against the transcript, and whatever is missing is the local analysis's.
"""
