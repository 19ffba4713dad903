"""One system a row, each shown to work: the line of work that this package answers for.

A row is a program over the public estimators, a figure that it has to reach, and a picture.
"""

from __future__ import annotations

from rcgan.gallery import codes, digits, mixed, points, sequences, waves
from rcgan.gallery.row import Goal, Shown, System

__all__ = ["SYSTEMS", "Goal", "Shown", "System"]

SYSTEMS = (
    System("gan", "GAN", "Goodfellow et al. (2014), Generative adversarial nets", points.gan),
    System("cgan", "Conditional GAN", "Mirza, Osindero (2014), Conditional generative adversarial nets", digits.cgan),
    System(
        "dcgan",
        "DCGAN over time",
        "Radford, Metz, Chintala (2016), Unsupervised representation learning with deep convolutional GANs",
        waves.dcgan,
    ),
    System("wgan", "Wasserstein GAN", "Arjovsky, Chintala, Bottou (2017), Wasserstein GAN", waves.wgan),
    System("wgan-gp", "WGAN-GP", "Gulrajani et al. (2017), Improved training of Wasserstein GANs", waves.wgan_gp),
    System(
        "mixed-wgan-gp",
        "WGAN-GP for mixed data",
        "Camino, Hammerschmidt, State (2018), Generating multi-categorical samples with GANs",
        mixed.mixed_wgan_gp,
    ),
    System(
        "conditional-wgan",
        "Conditional WGAN-GP",
        "Gulrajani et al. (2017), under the condition of Mirza, Osindero (2014)",
        mixed.conditional_wgan,
    ),
    System(
        "cramer-gan",
        "Cramer GAN",
        "Bellemare et al. (2017), The Cramer distance as a solution to biased Wasserstein gradients",
        waves.cramer_gan,
    ),
    System("bigan", "BiGAN", "Donahue, Kraehenbuehl, Darrell (2017), Adversarial feature learning", codes.bigan),
    System("infogan", "InfoGAN", "Chen et al. (2016), InfoGAN", codes.infogan),
    System("aae", "Adversarial autoencoder", "Makhzani et al. (2015), Adversarial autoencoders", codes.aae),
    System(
        "conditional-aae",
        "Adversarial autoencoder with labels",
        "Makhzani et al. (2015), Adversarial autoencoders, section 2.3",
        codes.conditional_aae,
    ),
    System(
        "rcgan",
        "Recurrent conditional GAN",
        "Esteban, Hyland, Raetsch (2017), Real-valued (medical) time series generation with recurrent conditional GANs",
        waves.recurrent,
    ),
    System(
        "seqgan",
        "SeqGAN",
        "Yu et al. (2017), SeqGAN: sequence GANs with policy gradient",
        sequences.seqgan,
    ),
    System("arae", "ARAE", "Zhao et al. (2018), Adversarially regularized autoencoders", sequences.arae),
    System(
        "semi-supervised",
        "Semi-supervised GAN",
        "Salimans et al. (2016), Improved techniques for training GANs",
        digits.semi_supervised,
    ),
)
