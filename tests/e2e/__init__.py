"""The service as its users meet it: started, asked, killed, started again."""
