"""Following values forward: what each kind of operation does with a value that it uses."""
