"""Tensors to tensors: one signature per role.

======================  ==================================================  ==============================
role                    call                                                returns
======================  ==================================================  ==============================
generator               ``generator(z, e, y, valid)``                       window ``(b, t, D)``
generator of sequences  ``generator.log_likelihood(x, mask, z, y, valid)``  logarithms ``(b, t)``
critic, what it sees    ``critic.see(x, mask, y, valid)``                   :class:`~rcgan.networks.critics.Seen`
critic, what it reads   ``critic.read(seen)``                               features ``(b, f)``
critic, its verdict     ``critic.score(features, y)``                       scores ``(b, critics)``
encoder                 ``encoder(x, mask, valid)``                         code ``(b, l)``
imaginer                ``imaginer(z)``                                     code ``(b, c)``
posterior               ``posterior(features)``                             parameters ``(b, q)``
======================  ==================================================  ==============================

``b`` windows of up to ``t`` steps; ``z`` a global code ``(b, l)``; ``e`` noise per step ``(b, t, s)``, width 0
where the data is smooth; ``y`` the condition ``(b, k)``, width 0 when there is none; ``mask`` which cells were
observed ``(b, t, D)``; ``valid`` which steps exist ``(b, t, 1)``.
"""

from __future__ import annotations
