"""The files of the pages: packed for who takes it, asked about each time, and nothing for developers."""

import os
from collections.abc import AsyncIterator
from pathlib import Path

import httpx2
import pytest
from fastapi import FastAPI

from server.static_files import Edition, WebFiles, takes_gzip, without_comments

WORDS = "a line of the page\n" * 200
WEB = Path(__file__).resolve().parents[2] / "web"
OURS = [path for path in WEB.rglob("*.js") if not {"node_modules", "vendor"} & set(path.parts)]
MODULE = """// @ts-check
/** What it is. */
import { a } from './a.js';

/**
 * Longer, with `a` tick.
 * @param {string} b
 */
export const c = (b) => html`<p title="/* no */">${/** @type {string} */ (b)} // text
  // in a template
</p>`; // behind code
"""


@pytest.fixture
async def client(tmp_path: Path) -> AsyncIterator[httpx2.AsyncClient]:
    (tmp_path / "app.js").write_text(WORDS)
    (tmp_path / "art.png").write_bytes(b"\x89PNG")
    (tmp_path / "package.json").write_text("{}")
    app = FastAPI()
    app.mount("/static", WebFiles(tmp_path))
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app=app), base_url="http://here") as opened:
        yield opened


async def test_text_is_packed_and_says_so(client: httpx2.AsyncClient) -> None:
    answer = await client.get("/static/app.js", headers={"Accept-Encoding": "br, gzip"})
    assert (answer.status_code, answer.text) == (200, WORDS)
    assert (answer.headers["Content-Encoding"], answer.headers["Vary"]) == ("gzip", "Accept-Encoding")
    assert answer.headers["Content-Type"].startswith("text/javascript")
    assert answer.headers["Cache-Control"] == "no-cache"
    assert int(answer.headers["Content-Length"]) < len(WORDS) / 10


async def test_who_takes_no_gzip_or_wants_a_part_gets_the_file_as_it_is(client: httpx2.AsyncClient) -> None:
    for accepted in ("identity", "gzip;q=0", ""):
        answer = await client.get("/static/app.js", headers={"Accept-Encoding": accepted})
        assert "Content-Encoding" not in answer.headers and answer.text == WORDS
        assert answer.headers["Vary"] == "Accept-Encoding"
    part = await client.get("/static/app.js", headers={"Accept-Encoding": "gzip", "Range": "bytes=0-5"})
    assert (part.status_code, part.content) == (206, b"a line")


async def test_who_has_it_is_told_so_whether_his_copy_was_packed_or_not(client: httpx2.AsyncClient) -> None:
    packed = await client.get("/static/app.js", headers={"Accept-Encoding": "gzip"})
    plain = await client.get("/static/app.js", headers={"Accept-Encoding": "identity"})
    assert packed.headers["ETag"] == plain.headers["ETag"] and packed.headers["ETag"].startswith("W/")
    again = await client.get("/static/app.js", headers={"If-None-Match": packed.headers["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["ETag"] == packed.headers["ETag"]


async def test_a_file_that_changed_is_packed_anew(client: httpx2.AsyncClient, tmp_path: Path) -> None:
    first = await client.get("/static/app.js", headers={"Accept-Encoding": "gzip"})
    (tmp_path / "app.js").write_text("another")
    os.utime(tmp_path / "app.js", (1, 1))
    then = await client.get("/static/app.js", headers={"Accept-Encoding": "gzip"})
    assert then.text == "another" and then.headers["ETag"] != first.headers["ETag"]


async def test_what_is_asked_for_by_its_edition_is_kept_for_ever_and_only_while_that_is_the_edition(
    client: httpx2.AsyncClient, tmp_path: Path
) -> None:
    edition = Edition(tmp_path).name()
    kept = await client.get(f"/static/{edition}/app.js")
    assert (kept.text, kept.headers["Cache-Control"]) == (WORDS, "public, max-age=31536000, immutable")
    other = await client.get("/static/e-0123456789abcdef/app.js")
    assert (other.text, other.headers["Cache-Control"]) == (WORDS, "no-cache")
    for missing in (
        f"/static/{edition}/none.js",
        f"/static/{edition}/package.json",
        f"/static/{edition}/{edition}/app.js",
    ):
        nothing = await client.get(missing)
        assert nothing.status_code == 404 and "immutable" not in nothing.headers.get("Cache-Control", "")


@pytest.mark.parametrize("coding", ["gzip", "identity"])
async def test_a_file_that_was_replaced_since_the_last_look_is_not_kept_under_the_name_of_before(
    client: httpx2.AsyncClient, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, coding: str
) -> None:
    monkeypatch.setattr("server.static_files.time.monotonic", lambda: 100.0)
    edition = Edition(tmp_path).name()
    path, accepted = f"/static/{edition}/app.js", {"Accept-Encoding": coding}
    untouched = await client.get(f"/static/{edition}/art.png", headers=accepted)
    (tmp_path / "app.js").write_text("another")
    for _ in range(2):
        answer = await client.get(path, headers=accepted)
        assert (answer.text, answer.headers["Cache-Control"]) == ("another", "no-cache")
    tag = {"If-None-Match": answer.headers["ETag"]}
    same = await client.get(path, headers=accepted | tag)
    assert (same.status_code, same.headers["Cache-Control"]) == (304, "no-cache")
    assert "immutable" in untouched.headers["Cache-Control"]


def test_an_edition_is_called_by_what_its_files_say_and_not_by_when_they_were_written(tmp_path: Path) -> None:
    for copy in ("here", "there"):
        (tmp_path / copy / "tests").mkdir(parents=True)
        (tmp_path / copy / "app.js").write_text(WORDS)
        (tmp_path / copy / "tests" / "some.test.js").write_text(copy)
    os.utime(tmp_path / "there" / "app.js", (1, 1))
    first = Edition(tmp_path / "here").name()
    assert Edition(tmp_path / "there").name() == first
    (tmp_path / "there" / "app.js").write_text("another")
    assert Edition(tmp_path / "there").name() != first


def test_a_file_that_changes_makes_another_edition_within_a_second(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    now_s = 100.0
    monkeypatch.setattr("server.static_files.time.monotonic", lambda: now_s)
    (tmp_path / "app.js").write_text(WORDS)
    edition = Edition(tmp_path)
    first = edition.name()
    (tmp_path / "app.js").write_text("another")
    assert edition.name() == first and not edition.has("app.js", first)
    now_s += 1.0
    assert edition.name() == Edition(tmp_path).name() != first
    assert edition.has("app.js", edition.name()) and not edition.has("app.js", first)


async def test_pictures_are_packed_already(client: httpx2.AsyncClient) -> None:
    answer = await client.get("/static/art.png", headers={"Accept-Encoding": "gzip"})
    assert answer.content == b"\x89PNG" and "Content-Encoding" not in answer.headers


async def test_what_is_for_developers_is_not_there(client: httpx2.AsyncClient) -> None:
    for path in ("package.json", "tests/x.js", "../secret", "none.js"):
        assert (await client.get(f"/static/{path}")).status_code == 404


@pytest.mark.parametrize(
    ("accepted", "takes"),
    [
        ("gzip", True),
        ("GZIP, deflate", True),
        ("br;q=1, gzip;q=0.5", True),
        ("gzip; q=1.0", True),
        ("gzip;q=0", False),
        ("gzip;q=0.000", False),
        ("br", False),
        ("", False),
    ],
)
def test_gzip_is_taken_when_it_is_named_and_not_forbidden(accepted: str, takes: bool) -> None:
    assert takes_gzip(accepted) is takes


def test_a_module_loses_the_comments_that_have_their_own_lines_and_keeps_the_numbers_of_all_others() -> None:
    kept = without_comments(MODULE).split("\n")
    said = MODULE.split("\n")
    assert [number for number, line in enumerate(said) if kept[number] != line] == [0, 1, 4, 5, 6, 7]
    assert [kept[number] for number in (0, 1, 4, 5, 6, 7)] == [""] * 6


@pytest.mark.parametrize("path", OURS, ids=lambda path: path.name)
def test_of_our_modules_only_lines_of_comments_are_lost(path: Path) -> None:
    said = path.read_text().split("\n")
    kept = without_comments(path.read_text()).split("\n")
    assert len(kept) == len(said)
    lost = [line.strip() for line, left in zip(said, kept, strict=True) if left != line]
    assert [line for line in lost if not line.startswith(("/**", "*", "//"))] == []


async def test_a_packed_module_has_no_comments_and_a_library_keeps_its_own(
    client: httpx2.AsyncClient, tmp_path: Path
) -> None:
    (tmp_path / "vendor").mkdir()
    for name in ("some.js", "vendor/some.js"):
        (tmp_path / name).write_text(MODULE)
    ours = await client.get("/static/some.js", headers={"Accept-Encoding": "gzip"})
    theirs = await client.get("/static/vendor/some.js", headers={"Accept-Encoding": "gzip"})
    assert (ours.text, theirs.text) == (without_comments(MODULE), MODULE)
