"""What the pages are made of: vendored files as locked, no bare imports, nothing that a strict policy forbids."""

import json
import re
import shutil
from pathlib import Path

import pytest

from tools import vendor

WEB = Path(__file__).resolve().parents[2] / "web"
SOURCES = sorted(
    path for path in WEB.rglob("*.js") if not {"vendor", "tests", "node_modules"} & set(path.relative_to(WEB).parts)
)
IMPORT = re.compile(r"""\b(?:from|import)\s*\(?\s*(["'])([^"']+)\1""")


def test_vendored_files_equal_their_lock() -> None:
    assert vendor.faults(WEB / "vendor") == []


def test_a_vendored_file_that_was_changed_added_or_lost_is_found(tmp_path: Path) -> None:
    folder = tmp_path / "vendor"
    shutil.copytree(WEB / "vendor", folder)
    (folder / "preact.js").write_text("// changed")
    (folder / "htm.js").unlink()
    (folder / "stray.js").write_text("")
    found = vendor.faults(folder)
    assert {fault.split(":")[0] for fault in found} == {"preact.js", "htm.js", "stray.js"}


def test_every_vendored_package_has_its_licence() -> None:
    lock = json.loads((WEB / "vendor" / vendor.LOCK).read_text())
    licensed = {entry["package"] for name, entry in lock["files"].items() if name.endswith(".LICENSE")}
    assert licensed == set(lock["packages"])
    assert all(entry["licence"] in {"MIT", "ISC", "Apache-2.0"} for entry in lock["packages"].values())


def test_the_developers_lock_names_no_registry() -> None:
    lock = (WEB / "package-lock.json").read_text()
    assert '"integrity"' in lock
    assert '"resolved"' not in lock and "://" not in lock


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(WEB)))
def test_a_module_imports_only_files_that_are_there_and_has_its_types_checked(path: Path) -> None:
    text = path.read_text()
    assert text.startswith("// @ts-check\n")
    for _, address in IMPORT.findall(text):
        assert address.startswith("."), f"{address}: without an import map a browser cannot find it"
        assert (path.parent / address).resolve().is_file(), address


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(WEB)))
def test_a_module_makes_no_markup_from_text_and_runs_none_as_code(path: Path) -> None:
    text = path.read_text()
    for forbidden in ("innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(", "new Function"):
        assert forbidden not in text, forbidden
    # A style given as text becomes an attribute, which the policy forbids; an object becomes properties.
    assert not re.search(r"""\bstyle=["'`]""", text)
    assert not re.search(r"https?://(?!www\.(w3|webrtc)\.org/)", text), "the pages load from their own server only"


def test_the_shell_has_nothing_inline_and_every_file_it_names() -> None:
    shell = (WEB / "index.html").read_text()
    assert all(not body.strip() for body in re.findall(r"<script[^>]*>(.*?)</script>", shell, re.S))
    assert "<style" not in shell and not re.search(r"\s(style|on\w+)=", shell)
    named = re.findall(r'(?:href|src)="/static/([^"]+)"', shell)
    assert "app.js" in named
    assert [name for name in named if not (WEB / name).is_file()] == []


def test_style_sheets_name_files_that_are_there_and_respect_who_wants_no_motion() -> None:
    for sheet in (WEB / "styles").glob("*.css"):
        for address in re.findall(r'url\("?([^")]+)"?\)', sheet.read_text()):
            assert (sheet.parent / address).resolve().is_file(), address
        # Linked at once, or by the page that wears it.
        worn = f"/static/styles/{sheet.name}" in (WEB / "index.html").read_text()
        assert worn or f"'{sheet.stem}'" in (WEB / "pages" / "table.js").read_text()
    assert "prefers-reduced-motion: reduce" in (WEB / "styles" / "base.css").read_text()


def test_every_drawn_gift_is_one_of_the_catalogue_or_the_box() -> None:
    drawn = {path.stem for path in (WEB / "art" / "gifts").glob("*.svg")}
    listed = re.search(r"DRAWN = new Set\(\[([^\]]+)\]", (WEB / "parts" / "gift_image.js").read_text())
    assert listed is not None
    assert drawn == {*re.findall(r"'([^']+)'", listed[1]), "box"}


CLIENT = sorted((WEB / "client").rglob("*.js"))
LAZY = {"hls.js"}


@pytest.mark.parametrize("path", CLIENT, ids=lambda path: str(path.relative_to(WEB)))
def test_the_client_module_needs_nothing_outside_itself_but_a_library_that_it_fetches_late(path: Path) -> None:
    for address in re.findall(r"""(?:\bfrom\s*|^import\s*)["']([^"']+)["']""", path.read_text(), re.MULTILINE):
        assert (path.parent / address).resolve().is_relative_to(WEB / "client"), address
    late = re.findall(r"=> import\(['\"]([^'\"]+)['\"]\)", path.read_text())
    assert {Path(address).name for address in late} <= LAZY
    for typed in re.findall(r"import\(['\"]([^'\"]+)['\"]\)", path.read_text()):
        inside = (path.parent / typed).resolve().is_relative_to(WEB / "client")
        assert inside or Path(typed).name in LAZY, typed


def test_the_example_for_those_who_build_on_us_is_short_and_stands_in_the_documents() -> None:
    said = (WEB.parent / "docs" / "embed.md").read_text()
    example = [(WEB / name).read_text().strip() for name in ("embed.html", "embed.js")]
    assert sum(text.count("\n") + 1 for text in example) <= 40
    assert all(text in said for text in example)
