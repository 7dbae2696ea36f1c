"""The cameras themselves: taken over from files, what each sees of the city, and how other systems read them."""
