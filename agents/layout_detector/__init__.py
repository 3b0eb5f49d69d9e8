"""The layout timeline of a recorded lecture: screen and camera by time, and when slides change.

Measure: a small picture and what moves, at keyframes or about 10 s apart; candidate cameras are sharp rectangles
around what keeps moving. Decide: which camera is on in each sample, hence runs of one layout. Refine: full-size
pictures of each run give exact rectangles, and all frames of the intervals where something changed give its time.
"""

from agents.layout_detector.detector import run

__all__ = ["run"]
