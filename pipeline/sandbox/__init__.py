"""How an agent's process is confined: a scrubbed environment, a few paths, no network, bounded amounts.

``level`` chooses what does it, ``paths`` what a request may touch, ``confined`` puts both around a command.
"""
