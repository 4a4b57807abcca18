"""Questions about single DER and pieces of equipment: paths, reach, ways back."""
