"""The API as it is, in a process that can be struck: ``python -m tests.chaos.api FD``."""

import sys

from pipeline.api_server import main
from tests.chaos import striker

if __name__ == "__main__":
    striker.install()
    main(int(sys.argv[1]))
