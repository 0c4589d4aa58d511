"""The server behind the widget: sessions, messages, the live stream, and the pages it is made of."""
