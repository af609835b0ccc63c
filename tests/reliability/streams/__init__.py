"""Proofs that no answer is lost: real server processes between real websockets and the simulator upstream."""
