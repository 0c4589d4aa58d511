"""The templates that the page has from the start."""

from typing import Any

CATEGORIES = {"UTILITY"}

SEEDS: tuple[dict[str, Any], ...] = (
    {
        "name": "order_ready",
        "language": "en",
        "category": "UTILITY",
        "status": "APPROVED",
        "parameter_format": "NAMED",
        "components": [
            {
                "type": "BODY",
                "text": "Good news, {{first_name}}: your order {{order}} is ready to be collected.",
                "example": {
                    "body_text_named_params": [
                        {"param_name": "first_name", "example": "Mia"},
                        {"param_name": "order", "example": "L-204"},
                    ]
                },
            },
            {
                "type": "BUTTONS",
                "buttons": [
                    {
                        "type": "URL",
                        "text": "See it",
                        "url": "https://lark.example/o/{{1}}",
                        "example": {"url_suffix_example": "https://lark.example/o/L-204"},
                    }
                ],
            },
        ],
    },
    {
        "name": "spring_offer",
        "language": "en",
        "category": "UTILITY",
        "status": "REJECTED",
        "rejected_reason": "TAG_SHOULD_BE_MARKETING",
        "components": [{"type": "BODY", "text": "Our spring sale has begun today."}],
    },
)
