"""The modules of a page, read from their imports."""

from pathlib import Path

from server.module_graph import imported, needed

FIRST = """// @ts-check
/** @typedef {import('./never.js').Never} Never */
import { one } from './one.js';
import {
  two,
} from "./below/two.js";
export { three } from './three.js';
import './effect.js';
const later = () => import('./later.js');
one('./said.js');
"""


def written(folder: Path, **modules: str) -> None:
    for name, text in modules.items():
        path = folder / f"{name.replace('_', '/')}.js"
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)


def test_what_a_module_imports_at_once_is_found_and_nothing_that_comes_later(tmp_path: Path) -> None:
    written(tmp_path, first=FIRST)
    found = [str(each.relative_to(tmp_path)) for each in imported(tmp_path / "first.js")]
    assert found == ["one.js", "below/two.js", "three.js", "effect.js"]


def test_modules_that_import_each_other_are_named_once_the_nearest_first(tmp_path: Path) -> None:
    written(
        tmp_path,
        app="import './far.js';\nimport './below/page.js';",
        below_page="import '../app.js';\nimport '../deep.js';",
        far="import './deepest.js';",
        deep="import './deepest.js';",
        deepest="",
    )
    found = [str(each.relative_to(tmp_path)) for each in needed(tmp_path / "app.js", tmp_path / "below" / "page.js")]
    assert found == ["app.js", "below/page.js", "far.js", "deep.js", "deepest.js"]
