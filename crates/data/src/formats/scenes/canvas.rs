//! A scene while it is painted.

use crate::formats::picture::Image;
use crate::formats::scenes::draws::Draws;
use crate::formats::scenes::images::Sprite;

pub(super) struct Canvas(Image);

impl Canvas {
    /// A black one.
    pub(super) fn new(size: [u32; 2], channels: usize) -> Self {
        let values = vec![0; size[0] as usize * size[1] as usize * channels];
        Canvas(Image { size, channels, values })
    }

    /// Grey of values up to `most`, where 1 is white.
    pub(super) fn add_noise(&mut self, most: f64, draws: &mut Draws) {
        let most = (most * f64::from(u16::MAX)).round() as u32;
        for pixel in self.0.values.chunks_exact_mut(self.0.channels) {
            pixel.fill(draws.below(most + 1) as u16);
        }
    }

    /// A place at which a sprite lies within the scene.
    pub(super) fn anywhere(&self, sprite: &Sprite, draws: &mut Draws) -> [u32; 2] {
        std::array::from_fn(|k| draws.below(self.0.size[k] - sprite.0.size[k] + 1))
    }

    /// Paints `sprite` where it is brighter.
    pub(super) fn paste(&mut self, sprite: &Sprite, [x, y]: [u32; 2]) {
        let Image { size: [width, _], channels, values } = &sprite.0;
        let n_line = *width as usize * channels;
        let n_below = self.0.size[0] as usize * channels;
        let start = y as usize * n_below + x as usize * channels;
        let lines = self.0.values[start..].chunks_mut(n_below);
        for (below, line) in lines.zip(values.chunks_exact(n_line)) {
            for (old, &new) in below.iter_mut().zip(line) {
                *old = new.max(*old);
            }
        }
    }

    pub(super) fn into_image(self) -> Image {
        self.0
    }
}
