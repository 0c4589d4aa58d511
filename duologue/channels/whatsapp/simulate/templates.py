"""The templates that the account has from the start."""

from typing import Any

CATEGORIES = {"UTILITY", "MARKETING", "AUTHENTICATION"}
SEEDS: tuple[dict[str, Any], ...] = (
    {
        "name": "order_ready",
        "language": "en_US",
        "category": "UTILITY",
        "status": "APPROVED",
        "parameter_format": "NAMED",
        "components": [
            {"type": "HEADER", "format": "TEXT", "text": "Your tea"},
            {
                "type": "BODY",
                "text": "Hello {{first_name}}, your order {{order}} is ready to be collected.",
                "example": {
                    "body_text_named_params": [
                        {"param_name": "first_name", "example": "Greta"},
                        {"param_name": "order", "example": "L-204"},
                    ]
                },
            },
            {"type": "FOOTER", "text": "Lume Tea"},
            {"type": "BUTTONS", "buttons": [{"type": "QUICK_REPLY", "text": "On my way"}]},
        ],
    },
    {
        "name": "bestellung_unterwegs",
        "language": "de",
        "category": "UTILITY",
        "status": "APPROVED",
        "components": [
            {
                "type": "BODY",
                "text": "Hallo {{1}}, Ihr Paket {{2}} ist unterwegs.",
                "example": {"body_text": [["Greta", "L-204"]]},
            },
            {
                "type": "BUTTONS",
                "buttons": [
                    {"type": "URL", "text": "Verfolgen", "url": "https://lume.example/t/{{1}}", "example": ["L-204"]}
                ],
            },
        ],
    },
    {
        "name": "first_flush",
        "language": "en_US",
        "category": "MARKETING",
        "status": "APPROVED",
        "components": [
            {"type": "HEADER", "format": "IMAGE", "example": {"header_handle": ["https://lume.example/flush.jpg"]}},
            {
                "type": "BODY",
                "text": "The first flush has arrived, {{1}}: come and taste it.",
                "example": {"body_text": [["Greta"]]},
            },
        ],
    },
    {
        "name": "winter_sale",
        "language": "en_US",
        "category": "MARKETING",
        "status": "PAUSED",
        "components": [{"type": "BODY", "text": "Everything must go."}],
    },
    {
        "name": "free_tea",
        "language": "en_US",
        "category": "MARKETING",
        "status": "REJECTED",
        "rejected_reason": "PROMOTIONAL",
        "components": [{"type": "BODY", "text": "Free tea for all."}],
    },
)
