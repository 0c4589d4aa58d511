"""What a browser is allowed to do with our pages. Sent as headers with every answer, error pages too."""

PAGE = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data: blob:",
        "media-src 'self' blob:",
        "font-src 'self'",
        "connect-src 'self'",
        "frame-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
        "require-trusted-types-for 'script'",
        "trusted-types duologue",
    )
)

# A stranger's mail: nothing runs, nothing is loaded but our own style and attached pictures. `allow-same-origin`
# without `allow-scripts` lets the page around it measure the height, and no more.
FRAME = "; ".join(
    (
        "default-src 'none'",
        "style-src 'self'",
        "font-src 'self'",
        "img-src 'self' data:",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'self'",
        "sandbox allow-same-origin allow-popups allow-popups-to-escape-sandbox",
    )
)

COMMON = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
}


def page_headers() -> dict[str, str]:
    return {"Content-Security-Policy": PAGE, **COMMON, "Cache-Control": "no-store"}


def frame_headers() -> dict[str, str]:
    return {"Content-Security-Policy": FRAME, **COMMON, "Cache-Control": "private, no-store"}
