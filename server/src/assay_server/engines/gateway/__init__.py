"""The model gateway: OpenAI-format requests to any provider, with a scripted model where no provider key
exists.
"""
