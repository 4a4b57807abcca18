"""Small tools on arrays that everything else stands on."""
