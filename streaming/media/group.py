"""Viewers who get the same cleartext, but for their deltas: what a fan-out serves with one call."""

from streaming.media.viewer import Profile, Viewer


class Group:
    def __init__(self, profile: Profile) -> None:
        self.profile = profile
        self.viewers: list[Viewer] = []
        self.prepared: object | None = None
        """What the fan-out has made of the viewers; None when any of them has changed."""

    def add(self, viewer: Viewer) -> None:
        self.viewers.append(viewer)
        viewer.group = self
        self.prepared = None

    def remove(self, viewer: Viewer) -> None:
        self.viewers.remove(viewer)
        viewer.group = None
        self.prepared = None
