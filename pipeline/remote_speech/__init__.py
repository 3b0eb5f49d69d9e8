"""Speech backends that are asked over the network. The worker holds the key and opens no media: it sends what a
sandboxed child has packed, and what comes back is checked like any stranger's answer.
"""
