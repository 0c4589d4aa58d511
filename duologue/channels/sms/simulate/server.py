"""The API and the file servers over HTTP."""

import asyncio
import base64
import hmac
from collections.abc import Callable
from typing import Any

from aiohttp import web

from duologue.channels.shared.double.faults import Faults
from duologue.channels.shared.double.port import Answerer, Seen, hang_up, seen
from duologue.channels.sms.segments import plain, segments
from duologue.channels.sms.simulate.carrier import Carrier
from duologue.channels.sms.simulate.listing import account, listed, media, number, service
from duologue.channels.sms.simulate.strict import TwilioError, check
from duologue.channels.sms.simulate.world import NUMBER, VERSION, Row, World

_AT = f"/{VERSION}/Accounts/{{account}}"


class Server:
    """Handlers of the double's HTTP paths."""

    def __init__(self, world: World, faults: Faults, carrier: Carrier, changed: Callable[[], None]) -> None:
        self.requests: list[Seen] = []
        self._world, self._faults, self._carrier, self._changed = world, faults, carrier, changed

    def app(self) -> web.Application:
        app = web.Application(middlewares=[self._worded])
        for method, path, handler in (
            ("POST", f"{_AT}/Messages.json", self._create),
            ("GET", f"{_AT}/Messages.json", self._list),
            ("GET", f"{_AT}/Messages/{{sid}}.json", self._one),
            ("POST", f"{_AT}/Messages/{{sid}}.json", self._alter),
            ("DELETE", f"{_AT}/Messages/{{sid}}.json", self._delete),
            ("GET", f"{_AT}/Messages/{{sid}}/Media.json", self._media),
            ("GET", f"{_AT}/Messages/{{sid}}/Media/{{file}}", self._file),
            ("DELETE", f"{_AT}/Messages/{{sid}}/Media/{{file}}.json", self._delete_file),
            ("GET", "/signed/{word}", self._signed),
            ("GET", f"{_AT}.json", self._account),
            ("GET", f"{_AT}/Balance.json", self._balance),
            ("GET", f"{_AT}/IncomingPhoneNumbers.json", self._numbers),
            ("POST", f"{_AT}/IncomingPhoneNumbers/{{sid}}.json", self._set_number),
            ("GET", "/v1/Services/{sid}", self._service),
            ("POST", "/v1/Services/{sid}", self._set_service),
        ):
            app.router.add_route(method, path, handler)
        return app

    @web.middleware
    async def _worded(self, request: web.Request, handler: Answerer) -> web.StreamResponse:
        """Nothing but signed links is answered without the keys; errors come in the platform's own words."""
        try:
            if not request.path.startswith("/signed/"):
                self._admit(request)
            return await handler(request)
        except TwilioError as error:
            return error.answer()
        except web.HTTPNotFound:
            return TwilioError(404, 20404, f"The requested resource {request.path} was not found").answer()

    def _admit(self, request: web.Request) -> None:
        expected = base64.b64encode(f"{self._world.account}:{self._world.token}".encode()).decode()
        scheme, _, given = request.headers.get("Authorization", "").partition(" ")
        if scheme != "Basic" or not hmac.compare_digest(given.encode(), expected.encode()) or self._world.revoked:
            raise TwilioError(401, 20003, "Authenticate")
        if request.match_info.get("account", self._world.account) != self._world.account:
            raise TwilioError(404, 20404, "The requested account was not found")

    async def _create(self, request: web.Request) -> web.StreamResponse:
        form = await self._form(request)
        given = check(self._world, form)
        if broken := await self._trouble(request):
            return broken
        person = self._world.people.get(given["To"])
        if person and person.stopped:
            raise TwilioError(400, 21610, "Attempt to send to unsubscribed recipient")
        if self._world.trial and given["To"] != self._world.last.number:
            raise TwilioError(400, 21608, "The number is unverified. Trial accounts cannot send to unverified numbers")
        files = [value for name, value in form if name == "MediaUrl"]
        row = self._row(given, len(files))
        await self._carrier.takes(
            row, person, "\n".join([*([row.body] if row.body else []), *(f"📎 {one}" for one in files)])
        )
        self._changed()
        if self._faults.now("lost_response"):
            return hang_up(request)
        told = self._world.told(row) | {"status": "queued", "error_code": None, "date_sent": None}
        return web.json_response(told, status=201)

    def _row(self, given: dict[str, str], files: int) -> Row:
        body = given.get("Body", "")
        body = plain(body) if given.get("SmartEncoded") == "true" else body
        row = Row(
            sid=self._world.sid("MM" if files else "SM"),
            direction="outbound-api",
            sender=given.get("From", NUMBER),
            to=given["To"],
            body=body,
            created=self._world.now(),
            status="queued",
            segments=segments(body).count,
            files=files,
            callback=given.get("StatusCallback", ""),
            service=given.get("MessagingServiceSid"),
        )
        self._world.rows.append(row)
        return row

    async def _list(self, request: web.Request) -> web.StreamResponse:
        return web.json_response(listed(self._world, request))

    async def _one(self, request: web.Request) -> web.StreamResponse:
        return web.json_response(self._world.told(self._known(request)))

    async def _alter(self, request: web.Request) -> web.StreamResponse:
        """Its text may be removed, or the message cancelled while it waits."""
        row, form = self._known(request), dict(await self._form(request))
        if form.get("Status") == "canceled":
            if row.status not in {"accepted", "queued", "scheduled"}:
                raise TwilioError(400, 30409, "The message cannot be canceled")
            row.status = "canceled"
        elif form.get("Body") == "":
            row.body = ""
        else:
            raise TwilioError(400, 20001, "Only an empty Body or the Status canceled can be set")
        return web.json_response(self._world.told(row))

    async def _delete(self, request: web.Request) -> web.StreamResponse:
        self._world.rows.remove(self._known(request))
        return web.Response(status=204)

    async def _media(self, request: web.Request) -> web.StreamResponse:
        return web.json_response(media(self._world, self._known(request)))

    async def _file(self, request: web.Request) -> web.StreamResponse:
        name = request.match_info["file"].removesuffix(".json")
        if name not in self._world.files:
            raise web.HTTPNotFound
        return web.Response(status=307, headers={"Location": self._world.link(name)})

    async def _delete_file(self, request: web.Request) -> web.StreamResponse:
        if self._world.files.pop(request.match_info["file"], None) is None:
            raise web.HTTPNotFound
        return web.Response(status=204)

    async def _signed(self, request: web.Request) -> web.StreamResponse:
        """Whoever brings the account's keys along here has shown them to a stranger."""
        file, until = self._world.links.get(request.match_info["word"], ("", self._world.now()))
        if "Authorization" in request.headers:
            raise TwilioError(400, 20001, "The keys were sent to another server")
        if file not in self._world.files or self._world.now() >= until:
            return web.Response(status=403, text="<Error><Code>AccessDenied</Code></Error>")
        found = self._world.files[file]
        return web.Response(body=found.data, content_type=found.mime)

    async def _account(self, request: web.Request) -> web.StreamResponse:
        return web.json_response(account(self._world))

    async def _balance(self, request: web.Request) -> web.StreamResponse:
        told = {"account_sid": self._world.account, "balance": f"{self._world.balance:.2f}", "currency": "USD"}
        return web.json_response(told)

    async def _numbers(self, request: web.Request) -> web.StreamResponse:
        wanted = request.query.get("PhoneNumber", NUMBER)
        told: dict[str, Any] = {"incoming_phone_numbers": [number(self._world)] if wanted == NUMBER else []}
        return web.json_response(told | {"page": 0, "page_size": 50, "next_page_uri": None, "uri": request.path_qs})

    async def _set_number(self, request: web.Request) -> web.StreamResponse:
        form = dict(await self._form(request))
        if request.match_info["sid"] != self._world.number_sid:
            raise web.HTTPNotFound
        if not form.get("SmsUrl", "http").startswith("http"):
            raise TwilioError(400, 21502, "SmsUrl is not valid")
        self._world.hook = form.get("SmsUrl", self._world.hook)
        return web.json_response(number(self._world))

    async def _service(self, request: web.Request) -> web.StreamResponse:
        if request.match_info["sid"] != self._world.service:
            raise web.HTTPNotFound
        return web.json_response(service(self._world))

    async def _set_service(self, request: web.Request) -> web.StreamResponse:
        form = dict(await self._form(request))
        self._world.service_hook = form.get("InboundRequestUrl", self._world.service_hook)
        return await self._service(request)

    def _known(self, request: web.Request) -> Row:
        row = self._world.row(request.match_info["sid"])
        if row is None:
            raise web.HTTPNotFound
        return row

    async def _form(self, request: web.Request) -> list[tuple[str, str]]:
        """The request's form, written down for assertions."""
        if request.content_type != "application/x-www-form-urlencoded":
            raise TwilioError(415, 20415, "Unsupported media type")
        form = [(name, str(value)) for name, value in (await request.post()).items()]
        self.requests.append(seen(request, {"form": form, **dict(form)}))
        return form

    async def _trouble(self, request: web.Request) -> web.StreamResponse | None:
        """What goes wrong before anything is committed."""
        if self._faults.now("slow"):
            await asyncio.sleep(3 * self._faults.pace)
        if planned := self._faults.planned():
            raise TwilioError(planned.status, planned.code, f"planned failure {planned.code}")
        if self._faults.now("dropped"):
            return hang_up(request)
        if self._faults.now("broken"):
            return web.Response(status=503, text="<html>Service Unavailable</html>", content_type="text/html")
        if self._faults.now("throttle"):
            raise TwilioError(429, 20429, "Too Many Requests")
        if self._faults.now("queue_full"):
            raise TwilioError(429, 21611, "This 'From' number has exceeded the maximum number of queued messages")
        if self._world.suspended:
            raise TwilioError(401, 20005, "Account is not active")
        return None
