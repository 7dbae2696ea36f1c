"""Emergency mode: switched by a person for the city or some wards, with an end."""
