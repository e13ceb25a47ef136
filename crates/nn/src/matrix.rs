//! Row-major matrices: one row an example.

use crate::real::Real;

/// A row-major matrix, `[n_rows, n_columns]`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Matrix<T> {
    n_rows: usize,
    n_columns: usize,
    values: Vec<T>,
}

impl<T: Real> Matrix<T> {
    /// A matrix of zeros.
    pub fn zeros(n_rows: usize, n_columns: usize) -> Self {
        Matrix { n_rows, n_columns, values: vec![T::ZERO; n_rows * n_columns] }
    }

    /// A matrix from its rows one after another.
    ///
    /// # Panics
    /// If `values` is not a whole number of rows.
    pub fn from_values(n_columns: usize, values: Vec<T>) -> Self {
        let n_rows = values.len().checked_div(n_columns).unwrap_or(0);
        assert_eq!(
            n_rows * n_columns,
            values.len(),
            "{n_columns} columns do not divide the values"
        );
        Matrix { n_rows, n_columns, values }
    }

    /// A matrix from literal rows of equal length.
    pub fn from_rows<R: AsRef<[f64]>>(rows: &[R]) -> Self {
        let n_columns = rows.first().map_or(0, |row| row.as_ref().len());
        let values = rows.iter().flat_map(std::convert::AsRef::as_ref).map(|&x| T::of(x)).collect();
        Matrix::from_values(n_columns, values)
    }

    /// Number of rows.
    pub fn n_rows(&self) -> usize {
        self.n_rows
    }

    /// Number of columns.
    pub fn n_columns(&self) -> usize {
        self.n_columns
    }

    /// Row `i`.
    pub fn row(&self, i: usize) -> &[T] {
        &self.values[i * self.n_columns..][..self.n_columns]
    }

    /// Row `i`, to write.
    pub fn row_mut(&mut self, i: usize) -> &mut [T] {
        &mut self.values[i * self.n_columns..][..self.n_columns]
    }

    /// The rows, first to last.
    pub fn rows(&self) -> std::slice::ChunksExact<'_, T> {
        self.values.chunks_exact(self.n_columns.max(1))
    }

    /// The rows, to write.
    pub fn rows_mut(&mut self) -> std::slice::ChunksExactMut<'_, T> {
        self.values.chunks_exact_mut(self.n_columns.max(1))
    }

    /// All values, row after row.
    pub fn values(&self) -> &[T] {
        &self.values
    }

    /// All values, to write.
    pub fn values_mut(&mut self) -> &mut [T] {
        &mut self.values
    }

    /// All values, row after row, for another matrix.
    pub(crate) fn into_values(self) -> Vec<T> {
        self.values
    }

    /// Changes the shape and keeps the allocation; the values are unspecified afterwards.
    pub fn reshape(&mut self, n_rows: usize, n_columns: usize) {
        self.n_rows = n_rows;
        self.n_columns = n_columns;
        self.values.resize(n_rows * n_columns, T::ZERO);
    }

    /// Becomes equal to `source`; allocates only to grow.
    pub fn copy_from(&mut self, source: &Matrix<T>) {
        self.n_rows = source.n_rows;
        self.n_columns = source.n_columns;
        self.values.clear();
        self.values.extend_from_slice(&source.values);
    }

    /// Becomes a matrix without rows and columns; the allocation stays.
    pub fn clear(&mut self) {
        self.reshape(0, 0);
    }

    /// Becomes the rows `indices` of `source`, in that order; allocates only to grow.
    pub fn gather(&mut self, source: &Matrix<T>, indices: &[u32]) {
        self.n_rows = indices.len();
        self.n_columns = source.n_columns;
        self.values.clear();
        for &i in indices {
            self.values.extend_from_slice(source.row(i as usize));
        }
    }
}
