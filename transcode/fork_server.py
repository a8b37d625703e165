"""What the fork server of the jobs loads before it forks: never import this anywhere else.

Loading happens once, inside the fork server's own process, before there are children: so the statement below ties the
fork server to the runner that started it, as each child ties itself to the fork server. The libraries that take long to
import are here to be shared by all children.
"""

import av
import numpy

from foundation.own_process import die_with_parent

__all__ = ["av", "numpy"]

die_with_parent()
