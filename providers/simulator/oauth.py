"""The OAuth doors: authorize page, code page, token and revoke endpoints.

Speaks HTTP and checks parameters; what a code or token is worth is decided in `grants`. Where vendors
differ (JSON or form, the format of answers and errors) an `OAuthDialect` says how.
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping
from urllib.parse import parse_qs, urlencode, urlsplit

import msgspec

from providers.messages import JsonObject
from providers.simulator.asgi import HTML, Exchange
from providers.simulator.failures import AnswerError
from providers.simulator.grants import DEFAULT_SCOPE, AuthorizationRequest, GrantError, Pair
from providers.simulator.pages import PAGE_HEADERS, STYLESHEET, allow_page, code_page, problem_page
from providers.simulator.switches import Switches
from providers.simulator.wires import Core, Routes

CLIENT_ID = "maestro-simulator"
CALLBACK_PATH = "/oauth/code/callback"
AUTHORIZE_FIELDS = (
    "code",
    "client_id",
    "response_type",
    "redirect_uri",
    "scope",
    "code_challenge",
    "code_challenge_method",
    "state",
    "nonce",
)
MIN_STATE = 16  # the real page refuses a short state
Fields = Mapping[str, str]


class OAuthDialect(msgspec.Struct, frozen=True, kw_only=True):
    """One vendor's manners: how a token request is read (raises `GrantError`), what the answer to one looks
    like, how it says no (status and body), whether the exchange repeats the `state`, and whether a refresh token is
    good only once."""

    read: Callable[[Exchange], dict[str, str]]
    answer: Callable[[Pair, AuthorizationRequest | None], JsonObject]
    refuse: Callable[[GrantError], tuple[int, JsonObject]]
    default_scope: str = DEFAULT_SCOPE
    needs_state: bool = False
    rotates: bool = True


class OAuthDoors:
    """The pages below /oauth, and the token and revoke endpoints."""

    def __init__(self, core: Core, dialect: OAuthDialect) -> None:
        self._grants = core.grants
        self._script = core.script
        self._state = core.state
        self._dialect = dialect

    @property
    def pages(self) -> Routes:
        """What a person sees; the links between the pages are relative."""
        return {
            "/oauth/authorize": {"GET": self.show_authorize, "POST": self.allow},
            CALLBACK_PATH: {"GET": self.show_code},
            "/oauth/page.css": {"GET": self.show_stylesheet},
        }

    async def show_authorize(self, exchange: Exchange) -> None:
        """GET /oauth/authorize: ask the user."""
        fields = {name: values[0] for name, values in exchange.query.items() if name in AUTHORIZE_FIELDS}
        if problem := self._authorize_problem(fields):
            await exchange.answer(400, problem_page(problem), HTML, PAGE_HEADERS)
        else:
            page = allow_page({"scope": self._dialect.default_scope, **fields})
            await exchange.answer(200, page, HTML, PAGE_HEADERS)

    async def allow(self, exchange: Exchange) -> None:
        """POST /oauth/authorize: the user pressed Allow; on to the code page."""
        form = parse_qs(exchange.body.decode("utf-8", "replace"))
        fields = {name: values[0] for name, values in form.items()}
        if problem := self._authorize_problem(fields):
            await exchange.answer(400, problem_page(problem), HTML, PAGE_HEADERS)
            return
        code = self._grants.issue_code(
            AuthorizationRequest(
                client_id=fields["client_id"],
                redirect_uri=fields["redirect_uri"],
                challenge=fields["code_challenge"],
                state=fields["state"],
                nonce=fields.get("nonce", ""),
                scope=fields.get("scope", self._dialect.default_scope),
            )
        )
        # Always our own code page, wherever `redirect_uri` points: no open redirect.
        target = "code/callback?" + urlencode({"code": code, "state": fields["state"]})
        await exchange.answer(303, b"", HTML, {**PAGE_HEADERS, "location": target})

    async def show_code(self, exchange: Exchange) -> None:
        """GET /oauth/code/callback: show `code#state`."""
        code, state = (exchange.query.get(name, [""])[0] for name in ("code", "state"))
        await exchange.answer(200, code_page(code, state), HTML, PAGE_HEADERS)

    async def show_stylesheet(self, exchange: Exchange) -> None:
        """GET /oauth/page.css."""
        await exchange.answer(200, STYLESHEET.encode(), "text/css; charset=utf-8")

    async def token(self, exchange: Exchange) -> None:
        """POST /v1/oauth/token: a code or a refresh token for a pair."""
        self._state.token_calls += 1
        switches = self._script.for_request(exchange.headers)
        fault = switches.token_fault
        if not self._script.fault_now(fault, first=switches.first, key="token"):
            fault = ""
        await exchange.pause(switches.token_delay)
        try:
            if await _fail_before(exchange, fault, switches):
                return
            answer = self._trade(exchange, switches)
        except GrantError as problem:
            await self._refuse(exchange, problem)
            return
        await _answer_or_fail_after(exchange, answer, fault)

    async def revoke(self, exchange: Exchange) -> None:
        """POST /v1/oauth/revoke: forget a pair (RFC 7009); takes JSON and form bodies."""
        try:
            fields = form_fields(exchange) if _is_form(exchange) else json_fields(exchange)
            if fields.get("client_id", CLIENT_ID) != CLIENT_ID:
                raise GrantError("invalid_client", "Unknown client_id.", status=401)
            self._grants.revoke(_required(fields, "token"))
        except GrantError as problem:
            await self._refuse(exchange, problem)
            return
        await exchange.answer_json({})

    def _authorize_problem(self, fields: Fields) -> str | None:
        redirect = urlsplit(fields.get("redirect_uri", ""))
        checks = (
            (fields.get("client_id") == CLIENT_ID, "The client id is not known here."),
            (fields.get("response_type") == "code", "response_type must be code."),
            (redirect.scheme in ("http", "https"), "redirect_uri must be an http address."),
            (redirect.path.endswith(CALLBACK_PATH), f"redirect_uri must end in {CALLBACK_PATH}."),
            (fields.get("code_challenge_method") == "S256", "code_challenge_method must be S256."),
            (len(fields.get("code_challenge", "")) == 43, "code_challenge must have 43 characters."),
            (len(fields.get("state", "")) >= MIN_STATE, f"state needs at least {MIN_STATE} characters."),
        )
        return next((sentence for is_fine, sentence in checks if not is_fine), None)

    def _trade(self, exchange: Exchange, switches: Switches) -> JsonObject:
        fields = self._dialect.read(exchange)
        if _required(fields, "client_id") != CLIENT_ID:
            raise GrantError("invalid_client", "Unknown client_id.", status=401)
        match _required(fields, "grant_type"):
            case "authorization_code":
                code = _required(fields, "code")
                pair = self._grants.redeem(
                    code,
                    client_id=fields["client_id"],
                    redirect_uri=_required(fields, "redirect_uri"),
                    verifier=_required(fields, "code_verifier"),
                    state=_required(fields, "state") if self._dialect.needs_state else None,
                    expires_in=switches.expires_in,
                )
                return self._dialect.answer(pair, self._grants.request_of(code))
            case "refresh_token":
                pair = self._grants.refresh(
                    _required(fields, "refresh_token"),
                    expires_in=switches.expires_in,
                    grace=switches.grace,
                    rotates=self._dialect.rotates,
                )
                return self._dialect.answer(pair, None)
            case _:
                raise GrantError("unsupported_grant_type", "grant_type is not supported.")

    async def _refuse(self, exchange: Exchange, problem: GrantError) -> None:
        status, body = self._dialect.refuse(problem)
        await exchange.answer_json(body, status=status)


def json_fields(exchange: Exchange) -> dict[str, str]:
    """The fields of a JSON body. Raises `GrantError`."""
    if not exchange.headers.get("content-type", "").startswith("application/json"):
        raise GrantError("invalid_request", "Invalid request format: send application/json.")
    try:
        return msgspec.json.decode(exchange.body, type=dict[str, str])
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise GrantError("invalid_request", "Invalid request format: not a JSON object.") from error


def form_fields(exchange: Exchange) -> dict[str, str]:
    """The fields of a form body. Raises `GrantError`."""
    if not _is_form(exchange):
        raise GrantError("invalid_request", "Invalid request format: send application/x-www-form-urlencoded.")
    parsed = parse_qs(exchange.body.decode("utf-8", "replace"))
    return {name: values[0] for name, values in parsed.items()}


def identity_token(claims: JsonObject) -> str:
    """An identity token without a signature, which nobody checks on this way (OpenID Connect Core §3.1.3.7)."""
    parts = (msgspec.json.encode({"alg": "none"}), msgspec.json.encode(claims), b"unsigned")
    return ".".join(base64.urlsafe_b64encode(part).rstrip(b"=").decode() for part in parts)


def _is_form(exchange: Exchange) -> bool:
    return exchange.headers.get("content-type", "").startswith("application/x-www-form-urlencoded")


def _required(fields: Fields, name: str) -> str:
    if not fields.get(name):
        raise GrantError("invalid_request", f"Missing '{name}' in request.")
    return fields[name]


def rfc_refusal(problem: GrantError) -> tuple[int, JsonObject]:
    """The error format of RFC 6749 §5.2."""
    return problem.status, {"error": problem.error, "error_description": problem.description}


async def _fail_before(exchange: Exchange, fault: str, switches: Switches) -> bool:
    match fault:
        case "hang_up":
            await exchange.hang_up()
        case "server_error":
            raise AnswerError(500, "Simulated: internal server error.")
        case "overloaded":
            raise AnswerError(529, "Simulated: overloaded.")
        case "rate_limit":
            wait = {"retry-after": f"{switches.retry_after:g}"}
            raise AnswerError(429, "Simulated: too many token requests.", headers=wait)
        case "html":
            await exchange.answer(200, b"<!doctype html><title>Just a moment</title>", HTML)
        case "empty":
            await exchange.answer(200, b"")
        case "invalid_grant":
            raise GrantError(fault, "Refresh token not found or invalid")
        case "invalid_client":
            raise GrantError(fault, "Unknown client_id.", status=401)
        case _:
            return False
    return True


async def _answer_or_fail_after(exchange: Exchange, answer: JsonObject, fault: str) -> None:
    if fault == "hang_up_after":
        await exchange.hang_up()
        return
    if fault.startswith("no_"):
        answer.pop(fault.removeprefix("no_"), None)
    await exchange.answer_json(answer)
