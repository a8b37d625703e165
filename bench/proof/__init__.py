"""Proof that a battle ends right whatever happens: real battles on the real platform, each by a seed."""
