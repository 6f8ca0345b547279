"""Conditional GANs: pix2pix (Isola et al. 2017) and CycleGAN (Zhu et al. 2017).

Nothing is imported here, since `layout` and `pickled` serve commands that never load torch.
"""
