"""The pictures in docs/screenshots: each page that there is, in both sizes."""

from server.pages import PAGES
from tools.screenshots import FOLDER, SHOTS, SIZES

REACHED_FROM_THE_LOBBY = {"/rooms/{room}"}
BY_A_LINK_IN_A_MAIL = {"/email"}


def test_every_page_is_shown() -> None:
    shown = {shot.path.partition("?")[0] for shot in SHOTS}
    assert set(PAGES) - REACHED_FROM_THE_LOBBY - BY_A_LINK_IN_A_MAIL <= shown


def test_there_is_a_picture_of_each_in_both_sizes_and_no_other() -> None:
    wanted = {f"{shot.name}-{size}.jpg" for shot in SHOTS for size in SIZES}
    assert {file.name for file in FOLDER.iterdir()} == wanted
