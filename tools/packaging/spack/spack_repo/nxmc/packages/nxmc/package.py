from pathlib import Path

from spack_repo.builtin.build_systems.cmake import CMakePackage

from spack.package import *


class Nxmc(CMakePackage):
    """Monte Carlo campaigns of ion exchange in lattice-mismatched nanocrystals."""

    homepage = "https://doi.org/10.1073/pnas.2114551118"
    # The repository that this recipe lies in.
    git = f"file://{Path(__file__).resolve().parents[7]}"

    license("GPL-3.0-or-later")

    version("main", branch="main")

    variant("python", default=True, description="Package nxmc of Python, plot.py, report.py and kinetics.py")

    depends_on("c", type="build")
    depends_on("cxx", type="build")  # brings the OpenMP runtime of the compiler
    depends_on("cmake@3.25:", type="build")
    depends_on("pkgconfig", type="build")

    depends_on("mpi")
    depends_on("hdf5@1.10:+mpi+hl")
    depends_on("eigen@3.4:")
    depends_on("yaml-cpp")
    depends_on("fmt")
    depends_on("spdlog+fmt_external")
    depends_on("cli11")
    depends_on("nlohmann-json")
    depends_on("xxhash")
    depends_on("random123")
    depends_on("xraylib@4:")
    depends_on("suite-sparse")
    # Ranks are the parallelism: threads of BLAS would only get into their way.
    depends_on("openblas threads=none", when="^[virtuals=blas] openblas")

    with when("+python"):
        extends("python@3.11:")
        depends_on("py-h5py@3.7:", type="run")
        depends_on("py-numpy@1.24:", type="run")
        depends_on("py-pandas@1.5:", type="run")
        depends_on("py-scipy@1.10:", type="run")
        depends_on("py-xxhash@3:", type="run")
        depends_on("py-xarray@2023.1:", type="run")
        depends_on("py-matplotlib@3.6:", type="run")

    def cmake_args(self):
        args = [self.define("NXMC_TESTS", False), self.define("CMAKE_COMPILE_WARNING_AS_ERROR", False)]
        if self.spec.satisfies("+python"):
            args.append(self.define("NXMC_PYTHON_DIR", self.spec["python"].package.purelib))
        return args

    @run_after("install", when="+python")
    def draw_with_this_python(self):
        for program in ("plot.py", "report.py", "kinetics.py"):
            filter_file(r"^#!.*", f"#!{self.spec['python'].command.path}", self.prefix.share.nxmc.tools.join(program))
