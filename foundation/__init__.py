"""Mechanisms that every domain stands on: clock, ids, errors, facts and bus, lease, SQL and Redis connections.

Knows no domain and imports none. What is here is small, typed, and says what it guarantees.
"""
