"""The prepared answer to the question that every end-to-end check asks: FastAPI with Stripe subscriptions."""

from __future__ import annotations

SUBSCRIPTIONS = """\
## A FastAPI application for Stripe subscriptions

This answer comes from Maestro's simulator, so it is prepared text; the design in it is sound nevertheless. The \
main idea: **Stripe keeps the truth about money, your database keeps the truth about access**, and webhooks carry \
the changes from one to the other.

### What belongs where

| Part | Responsibility | Must never |
|---|---|---|
| Checkout session | take the payment, collect the address | be built by your own form |
| Customer portal | change card, plan, cancel | need code of yours |
| Webhook | tell you what happened | be trusted without its signature |
| Your database | say who may use what until when | store card data |

### Layout

```text
app/
├── main.py        routes
├── settings.py    configuration from the environment
├── billing.py     everything that talks to Stripe
├── models.py      tables
└── access.py      who may do what
```

### Settings

```python
from pydantic_settings import BaseSettings


class Settings(BaseSettings):
    stripe_secret_key: str
    stripe_webhook_secret: str
    price_id: str
    public_url: str = "http://localhost:8000"


settings = Settings()
```

### The table

Keep one row per user. The event time protects you against events that arrive in the wrong order.

```python
from datetime import datetime

from sqlalchemy import String
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


class Base(DeclarativeBase):
    pass


class Subscription(Base):
    __tablename__ = "subscription"

    user_id: Mapped[int] = mapped_column(primary_key=True)
    customer_id: Mapped[str] = mapped_column(String(64), unique=True)
    status: Mapped[str] = mapped_column(String(32), default="incomplete")
    paid_until: Mapped[datetime | None]
    last_event_at: Mapped[datetime | None]
```

### Starting a subscription

The browser asks for a checkout session and follows its address. The user id travels as `client_reference_id`, so \
the webhook can find the user again.

```python
import stripe
from fastapi import Depends, FastAPI

app = FastAPI()
stripe.api_key = settings.stripe_secret_key


@app.post("/billing/checkout")
def start_checkout(user: User = Depends(current_user)) -> dict[str, str]:
    session = stripe.checkout.Session.create(
        mode="subscription",
        line_items=[{"price": settings.price_id, "quantity": 1}],
        client_reference_id=str(user.id),
        customer_email=user.email,
        success_url=f"{settings.public_url}/billing/done?session={{CHECKOUT_SESSION_ID}}",
        cancel_url=f"{settings.public_url}/billing",
        idempotency_key=f"checkout-{user.id}-{user.billing_version}",
    )
    return {"url": session.url}
```

### Receiving webhooks

1. Read the **raw** body; a parsed and re-encoded body has another signature.
2. Check the signature, and answer 400 if it is wrong.
3. Remember the event id, and answer 200 at once if you have seen it before.
4. Do the work, then answer 200. Any other status makes Stripe send the event again.

```python
from fastapi import HTTPException, Request


@app.post("/billing/webhook")
async def receive_webhook(request: Request) -> dict[str, bool]:
    payload = await request.body()
    try:
        event = stripe.Webhook.construct_event(
            payload, request.headers["stripe-signature"], settings.stripe_webhook_secret
        )
    except (KeyError, ValueError, stripe.SignatureVerificationError) as error:
        raise HTTPException(status_code=400, detail="Bad signature") from error
    if await remember_event(event.id):
        await HANDLERS.get(event.type, ignore)(event)
    return {"received": True}


HANDLERS = {
    "checkout.session.completed": link_customer,
    "customer.subscription.updated": store_status,
    "customer.subscription.deleted": store_status,
    "invoice.payment_failed": warn_user,
}
```

### Guarding what is paid for

```python
from datetime import UTC, datetime


def require_subscription(user: User = Depends(current_user)) -> User:
    row = load_subscription(user.id)
    if row is None or row.paid_until is None or row.paid_until < datetime.now(UTC):
        raise HTTPException(status_code=402, detail="This needs a subscription.")
    return user


@app.get("/reports")
def reports(user: User = Depends(require_subscription)) -> list[Report]:
    return load_reports(user.id)
```

### Testing

- `stripe listen --forward-to localhost:8000/billing/webhook` sends real test events to your machine.
- Store one example of every event type as a file, and feed it to the handlers in unit tests.
- Send each event **twice** and **in the wrong order**: the row must be the same at the end.
- Use test clocks to see a renewal and a failed payment without waiting for a month.

### Before you go live

- [ ] The webhook secret of the live mode is set, not the one of the test mode.
- [ ] A nightly job compares your rows with Stripe's list, because a webhook can be lost.
- [ ] Taxes, invoices and e-mails are switched on in the dashboard.
- [ ] A failed payment leaves people a few days before their access ends.

> The success page is no proof of payment. Only the webhook, or a call to Stripe, is.

With these pieces the application stays small: Stripe shows the forms, your code keeps one row per user, and each \
request asks that row one question.
"""
