"""What the keepers of a control process work with."""

from dataclasses import dataclass, field

from foundation.bus import Bus
from foundation.clock import Clock
from foundation.feed import FeedOutlet
from moderation.gate import Gate
from streaming.audience.store import Audiences
from streaming.chat.store import Talk
from streaming.guest_acts import GuestActs
from streaming.guest_composite import Jobs, PictureSettings
from streaming.rules import BroadcastRules
from streaming.stage_watch import StageRights
from streaming.store import Broadcasts, Rooms, Stages
from streaming.workers import MediaWorkers


@dataclass(frozen=True)
class Surroundings:
    """What every keeper of a process works with."""

    bus: Bus
    clock: Clock
    feed: FeedOutlet
    rooms: Rooms
    broadcasts: Broadcasts
    stages: Stages
    talk: Talk
    audiences: Audiences
    workers: MediaWorkers
    gate: Gate
    guests: GuestActs
    rights: StageRights
    jobs: Jobs
    picture: PictureSettings
    rules: BroadcastRules = field(default_factory=BroadcastRules)
