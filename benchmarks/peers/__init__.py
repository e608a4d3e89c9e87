"""What the app is compared with, each started as a program of its own."""
