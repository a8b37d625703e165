"""Proof that no coin is lost or made, whatever dies on the road of a gift: each run by a seed."""
