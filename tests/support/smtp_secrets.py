"""What the SMTP server of the tests asks for."""

USERNAME, PASSWORD = "mailer", "only-for-the-sink"
