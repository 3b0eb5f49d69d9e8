"""Rectangles around a seed, in drawn edge maps and pictures."""

import numpy as np

from agents.layout_detector.cameras import fills, group, overlap, plausible
from agents.layout_detector.closeup import exact_borders
from agents.layout_detector.lines import Corners, LineSupport, edges, persistent, rectangle_around
from agents.media.frames import Picture

SEED: Corners = (230, 60, 250, 90)


def scene(*boxes: tuple[Corners, int], size: tuple[int, int] = (320, 180), paper: int = 200) -> Picture:
    picture = np.full((size[1], size[0]), paper, np.uint8)
    for (x0, y0, x1, y1), tone in boxes:
        picture[y0:y1, x0:x1] = tone
    return picture


def found(picture: Picture, seed: Corners = SEED) -> Corners | None:
    vertical, horizontal = edges(picture)
    return rectangle_around(LineSupport(persistent([vertical]), persistent([horizontal])), seed)


def test_the_overlay_around_what_moves() -> None:
    overlay: Corners = (200, 40, 280, 120)
    box = found(scene((overlay, 120)))
    assert box is not None
    assert overlap(box, overlay) > 0.93
    assert exact_borders([scene((overlay, 120))], box, 3) == (overlay, 1.0)


def test_an_overlay_in_the_frame_s_corner_needs_two_borders_only() -> None:
    box = found(scene(((200, 0, 320, 120), 120)))
    assert box is not None
    assert overlap(box, (200, 0, 320, 120)) > 0.95


def test_nothing_around_but_the_frame() -> None:
    assert found(scene()) == (0, 0, 320, 180)


def test_a_few_rules_are_no_overlay() -> None:
    rules = scene(((180, 40, 300, 42), 0), ((190, 130, 310, 132), 0))
    assert found(rules) == (0, 0, 320, 180)


def test_a_rectangle_beside_what_moves_does_not_count() -> None:
    assert found(scene(((20, 40, 120, 120), 60))) == (0, 0, 320, 180)


def test_noise_has_no_borders() -> None:
    noise = np.random.default_rng(1).integers(0, 255, (180, 320)).astype(np.uint8)
    assert found(noise) == (0, 0, 320, 180)


def test_edges_that_come_and_go_are_not_persistent() -> None:
    maps = [edges(scene(((200 + 8 * i, 40, 280 + 8 * i, 120), 120)))[0] for i in range(5)]
    assert not persistent(maps)[:, 1:].any()
    assert persistent(maps[:1]).any()


def test_findings_of_one_camera_are_grouped() -> None:
    cameras = group([(10, 10, 60, 40), (0, 0, 320, 180), (11, 10, 61, 41), (10, 11, 60, 40)])
    assert [(camera.box, camera.votes) for camera in cameras] == [((10, 10, 60, 40), 3), ((0, 0, 320, 180), 1)]


def test_what_fills_the_frame() -> None:
    size = (1280, 720)
    assert fills((0, 0, 1280, 720), size)
    assert fills((160, 0, 1120, 720), size)  # 4:3 between bars
    assert fills((0, 90, 1280, 630), size)  # letterbox
    assert not fills((860, 0, 1280, 720), size)
    assert not fills((0, 406, 720, 1280), (720, 1280))


def test_strips_and_specks_are_no_cameras() -> None:
    size = (1280, 720)
    assert plausible((1100, 600, 1260, 690), size)
    assert not plausible((0, 0, 1280, 40), size)
    assert not plausible((100, 100, 180, 140), size)
