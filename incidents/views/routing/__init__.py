"""For those who keep the rules: who answers for what, and changes tried before they are made."""
