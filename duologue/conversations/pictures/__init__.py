"""Pictures without what they tell in secret: place, camera, author, words beside them; and small copies of them."""
