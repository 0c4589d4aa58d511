"""The shell around every screen: how pages are drawn, what the browser gets, forms. It knows no room."""
