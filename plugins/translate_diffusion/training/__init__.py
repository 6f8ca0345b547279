"""The trainings: what is shown to the networks, and what they are asked for."""
