"""PURE: what an input does to a battle in a phase that takes it. ``pk.battle.TABLE`` says which one belongs where."""
