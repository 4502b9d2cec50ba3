"""What writers did that met at the same accounts, and the figures of it."""

from dataclasses import dataclass, field
from functools import cached_property

SHARDS_PER_WRITER = 4
GAP_SECONDS_MAX = 0.1
"""Between an answer and the same writer's next post: HTTP, the gateway and the workflow take their time."""


@dataclass
class Post:
    """One payment as its client saw it, over all repetitions of its key."""

    attempts: int = 0
    conflicts: int = 0
    """Attempts that met a transaction under way."""
    moved: int = 0
    """Attempts that came after somebody else's."""
    lost: int = 0
    """Attempts whose answer was lost."""
    calls: int = 0
    """Reads and writes of the ledger."""
    given_up: int = 0
    """How often the client was told to come again."""
    seconds: float = 0
    ended_at: float = 0
    """Seconds since the run began."""


@dataclass
class Run:
    """The posts of one run, writer by writer."""

    seconds: float = 0
    writers: list[list[Post]] = field(default_factory=list)

    @cached_property
    def posts(self) -> list[Post]:
        return [post for writer in self.writers for post in writer]

    @property
    def posts_per_second(self) -> float:
        return len(self.posts) / self.seconds

    def per_post(self, count: str) -> float:
        """The mean of one of a post's counts."""
        total: int = sum(getattr(post, count) for post in self.posts)
        return total / len(self.posts)

    @property
    def given_up(self) -> int:
        return sum(post.given_up for post in self.posts)

    @property
    def fewest_posts(self) -> int:
        """Of the slowest writer."""
        return min(map(len, self.writers))

    @property
    def longest(self) -> Post:
        return max(self.posts, key=lambda post: post.seconds)
