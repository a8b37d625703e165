"""What viewers really get: join time and freezes as their browsers saw them, as Prometheus metrics.

browser --> POST /api/v1/quality/samples --> sample --> verdict --> metrics --> registry --> GET /metrics
"""
