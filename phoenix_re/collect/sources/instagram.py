"""Instagram's hashtag search (Graph API): public posts of the last day that may speak of homes.

Needs Meta's App Review (Instagram Public Content Access) and is off by default. No user's name is
ever asked for, nor pictures. An account may ask for at most 30 different hashtags in 7 days: the
cursor keeps the ledger, and the 31st is not asked for.
"""

import json
import re
from collections.abc import Iterator, Mapping, MutableMapping
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
from pydantic import BaseModel, Field, field_validator

from phoenix_re.collect import judging, parse
from phoenix_re.collect.errors import (
    AuthError,
    ContractError,
    PermanentError,
    QuotaExceeded,
    TransientError,
)
from phoenix_re.collect.source import Item, Options, Post, Session, SourceSpec

MOST_HASHTAGS = 30
LEDGER_DAYS = 7
PAGE = 50
_SEEN_HOURS = 48  # posts are offered for 24 hours
_HASHTAG = re.compile(r"\w{1,100}")

TOKEN_REFUSED = {190}
NOT_ALLOWED = {10, 200}
THROTTLED = {4, 17, 32, 613}
TOO_MANY_HASHTAGS = {18}
PASSING = {1, 2}


class InstagramOptions(Options):
    """`hashtags` without the #; the first ones keep their place among the 30."""

    hashtags: tuple[str, ...] = ()
    version: str = Field(default="v23.0", pattern=r"^v\d+\.\d+$")
    fields: str = "id,caption,media_type,permalink,timestamp,like_count,comments_count"
    pages_per_hashtag: int = Field(default=10, ge=1, le=200)

    @field_validator("hashtags")
    @classmethod
    def _words(cls, hashtags: tuple[str, ...]) -> tuple[str, ...]:
        words = tuple(dict.fromkeys(h.strip().removeprefix("#").casefold() for h in hashtags))
        for word in words:
            if not _HASHTAG.fullmatch(word):
                raise ValueError(f"{word!r} is no hashtag: letters, digits and _ are allowed")
        return words


class _Identified(BaseModel):
    id: str = Field(min_length=1)


class _Identities(BaseModel):
    data: list[_Identified]


class _Media(BaseModel):
    id: str = Field(min_length=1)
    caption: str | None = None
    permalink: str | None = None
    timestamp: str


class _Cursors(BaseModel):
    after: str | None = None


class _Paging(BaseModel):
    cursors: _Cursors | None = None
    next: str | None = None


class _Page(BaseModel):
    data: list[dict[str, Any]]
    paging: _Paging | None = None


def collect(session: Session) -> Iterator[Item]:
    options = session.options(InstagramOptions)
    if not options.hashtags:
        session.note("no hashtags: list some in options.hashtags of the market file")
        return
    account = _Account(session, options)
    # Those that cost nothing first: should the account be full, they have been asked.
    for hashtag in sorted(options.hashtags, key=lambda h: h not in account.ledger):
        hashtag_id = account.id_of(hashtag)
        if hashtag_id is not None:
            yield from account.recent(hashtag, hashtag_id)
    account.forget()


class _Account:
    """The account's calls, and what the cursor remembers: ids for ever, the ledger for 7 days,
    posts for 48 hours."""

    def __init__(self, session: Session, options: InstagramOptions) -> None:
        self.session = session
        self.options = options
        self.ids: MutableMapping[str, str] = session.cursor.setdefault("ids", {})
        self.ledger: MutableMapping[str, str] = session.cursor.setdefault("asked", {})
        self.seen: MutableMapping[str, str] = session.cursor.setdefault("seen", {})
        for hashtag, asked in list(self.ledger.items()):
            if datetime.fromisoformat(asked) <= session.now - timedelta(days=LEDGER_DAYS):
                del self.ledger[hashtag]
        self._elsewhere: frozenset[str] | None = None

    def id_of(self, hashtag: str) -> str | None:
        """The hashtag's id, looked up once for all time; None where it may or can not be asked."""
        known = self.ids.get(hashtag)
        if hashtag in self.ledger:
            if known is None:
                self.session.note(f"#{hashtag} was refused on {self.ledger[hashtag][:10]}")
            return known
        if self._is_full(known):
            self.session.note(
                f"#{hashtag} was not asked for: the account has asked for {MOST_HASHTAGS} other "
                f"hashtags in {LEDGER_DAYS} days, the most that Instagram allows. List fewer "
                "hashtags, or wait."
            )
            return None
        if known is None:
            known = self._look_up(hashtag)
            if known is not None:
                self.ids[hashtag] = known
        self.ledger[hashtag] = self.session.now.isoformat()
        return known

    def _is_full(self, known_id: str | None) -> bool:
        """By our ledger, or by Instagram's: other markets and programs use the account too."""
        if len(self.ledger) >= MOST_HASHTAGS:
            return True
        if self._elsewhere is None:
            reply = self._get(
                f"/{self.session.credentials['user_id']}/recently_searched_hashtags",
                {"limit": MOST_HASHTAGS},
                kind="ledger",
            )
            found = self.session.check(_Identities, reply, what="recently_searched_hashtags")
            self._elsewhere = frozenset(one.id for one in found.data)
        ours = {self.ids[h] for h in self.ledger if h in self.ids}
        used = self._elsewhere | ours
        return len(used) >= MOST_HASHTAGS and known_id not in used

    def _look_up(self, hashtag: str) -> str | None:
        try:
            reply = self._get("/ig_hashtag_search", {"q": hashtag}, kind="hashtag")
        except PermanentError as error:
            self.session.note(f"#{hashtag}: {error.message}")
            return None
        found = self.session.check(_Identities, reply, what="ig_hashtag_search")
        if not found.data:
            self.session.note(f"#{hashtag} is not known to Instagram")
            return None
        return found.data[0].id

    def recent(self, hashtag: str, hashtag_id: str) -> Iterator[Post]:
        """Posts of the last 24 hours that are new to us. Their order is only roughly by time, so a
        whole page must be known before the rest is left alone."""
        after: str | None = None
        without_text = 0
        for _ in range(self.options.pages_per_hashtag):
            params: dict[str, Any] = {"fields": self.options.fields, "limit": PAGE}
            reply = self._get(
                f"/{hashtag_id}/recent_media",
                params | ({"after": after} if after else {}),
                kind="recent_media",
            )
            page = self.session.check(_Page, reply, what=f"recent_media of #{hashtag}")
            fresh = False
            for raw in page.data:
                media = self.session.check(_Media, raw, what=f"a post of #{hashtag}")
                if media.id in self.seen:
                    continue
                fresh = True
                if (media.caption or "").strip():
                    yield _post(self.session.source, media, raw)
                else:
                    without_text += 1
                self.seen[media.id] = self.session.now.isoformat()
            paging = page.paging
            after = paging.cursors.after if paging and paging.cursors else None
            if not (fresh and paging and paging.next and after):  # `after` never changes
                break
        else:
            self.session.note(
                f"#{hashtag}: left off after {self.options.pages_per_hashtag} pages of {PAGE}; "
                "options.pages_per_hashtag allows more"
            )
        if without_text:
            self.session.note(f"#{hashtag}: {without_text} posts have no caption, nothing to read")

    def forget(self) -> None:
        oldest = self.session.now - timedelta(hours=_SEEN_HOURS)
        for media_id, when in list(self.seen.items()):
            if datetime.fromisoformat(when) < oldest:
                del self.seen[media_id]

    def _get(self, path: str, params: Mapping[str, Any], *, kind: str) -> Any:
        secret = self.session.credentials
        everywhere = {"user_id": secret["user_id"], "access_token": secret["token"]}
        return self.session.get_json(
            f"/{self.options.version}{path}", {**everywhere, **params}, kind=kind
        )


def _post(source: str, media: _Media, raw: Mapping[str, Any]) -> Post:
    try:
        posted = parse.timestamp(media.timestamp)
    except parse.Unreadable as error:
        raise ContractError(source, f"timestamp of a post: {error}", raw) from error
    if posted is None:
        raise ContractError(source, "a post without a timestamp", raw)
    payload = {name: value for name, value in raw.items() if name not in {"caption", "username"}}
    return Post(media.id, media.caption or "", media.permalink, posted.astimezone(UTC), payload)


# ── what a reply means ──────────────────────────────────────────────────────────────────────────


def judge(source: str, response: httpx.Response) -> None:
    """By the error's code: throttles come as 400 or 403, and any status may hold any code."""
    error = _error_of(response)
    if error is None:
        judging.general(source, response)
        return
    code = error.get("code")
    said = f"error {code}: {str(error.get('message', ''))[: judging.LONGEST_QUOTE]}"
    if code in TOKEN_REFUSED:
        raise AuthError(source, f"{said}. Renew the access token (INSTAGRAM_ACCESS_TOKEN).")
    if code in NOT_ALLOWED:
        raise AuthError(
            source,
            f"{said}. The app needs instagram_basic and App Review for Instagram Public Content "
            "Access; the token's user needs a task on the linked Page.",
        )
    if code in THROTTLED:
        raise TransientError(source, said, _seconds_to_wait(response), throttled=True)
    if code in TOO_MANY_HASHTAGS:
        raise QuotaExceeded(
            source, f"{said}. {MOST_HASHTAGS} different hashtags in {LEDGER_DAYS} days are used up."
        )
    if code in PASSING or response.status_code >= 500:
        raise TransientError(source, said, judging.retry_after(response))
    where = judging.without_secrets(response.request.url)
    raise PermanentError(source, f"{where} gave {response.status_code}, {said}")


def _error_of(response: httpx.Response) -> Mapping[str, Any] | None:
    try:
        body = response.json()
    except (json.JSONDecodeError, UnicodeDecodeError):
        return None
    error = body.get("error") if isinstance(body, dict) else None
    return error if isinstance(error, dict) else None


def _seconds_to_wait(response: httpx.Response) -> float | None:
    """From the usage headers: minutes until access is regained, the longest that is named."""
    minutes: list[float] = []
    for name in ("x-business-use-case-usage", "x-app-usage"):
        try:
            usage = json.loads(response.headers.get(name, "null"))
        except json.JSONDecodeError:
            continue
        minutes += _named(usage, "estimated_time_to_regain_access")
    told = max(minutes, default=0) * 60
    return told or judging.retry_after(response)


def _named(value: Any, name: str) -> list[float]:
    if isinstance(value, dict):
        own = value.get(name)
        found = [float(own)] if isinstance(own, int | float) else []
        return found + [one for inner in value.values() for one in _named(inner, name)]
    if isinstance(value, list):
        return [one for inner in value for one in _named(inner, name)]
    return []


SPEC = SourceSpec(
    name="instagram",
    title="Instagram hashtag search",
    light="amber",
    provides=frozenset({"posts"}),
    base_url="https://graph.facebook.com",
    formats=(),
    collect=collect,
    scope="market",
    judge=judge,
    options=InstagramOptions,
    credentials={"token": "INSTAGRAM_ACCESS_TOKEN", "user_id": "INSTAGRAM_USER_ID"},
    required_credentials=frozenset({"token", "user_id"}),
    private=frozenset({"username", "owner", "user", "access_token"}),
)
