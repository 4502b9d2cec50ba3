"""How much an account has sent within 24 hours, as far as its profile knows."""

from chalicelib.domain.risk.profile import DAY_SECONDS, NO_DAY, RECENT_MAX, Profile


def sum_sent_24h(profile: Profile, second: int) -> int:
    """Return what left the account in the 24 hours before a moment, in minor units; own accounts do not count.

    If more was paid than the profile remembers one by one, today and yesterday count as a whole, which is more.
    """
    since = second - DAY_SECONDS
    if len(profile.recent) < RECENT_MAX or profile.recent[0].second <= since:
        return -sum(one.amount for one in profile.recent if one.second > since and one.amount < 0)
    today = second // DAY_SECONDS
    return sum(profile.days.get(day, NO_DAY).out_sum for day in (today - 1, today))
