"""Conversion of crystals against time: laws of diffusion and of reactions fitted to it, and their Arrhenius lines."""
